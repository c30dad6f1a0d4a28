"""Engines that carry a training run's messages: `ports.Transport`."""
