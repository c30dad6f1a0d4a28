"""Entry points: the SDK, the command line, the demo. Thin: they parse, build services and print."""
