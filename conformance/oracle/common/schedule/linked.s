// Go compiles declarations without a body only beside a file like this one.
