"""`cifarcnn benchmark`: how fast a spec trains here, and beside scripts written by hand."""
