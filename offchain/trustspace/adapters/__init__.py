"""What touches the outside: chain, keys, files, stores."""
