"""The demo portal: some 300 datasets of public-domain data, and a user with 2,000 API tokens."""

from tuckan.sandbox.demo.loading import Loaded, load_demo

__all__ = ["Loaded", "load_demo"]
