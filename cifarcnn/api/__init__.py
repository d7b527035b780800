"""The functions of `import cifarcnn`: what the commands do, without a terminal."""
