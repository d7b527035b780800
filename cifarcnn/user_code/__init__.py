"""Code that is not the package's own: installed plug-ins, and files that the user gives."""
