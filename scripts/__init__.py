"""What is run by `brownie run`: each file is a thin main() over functions with parameters."""
