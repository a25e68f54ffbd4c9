"""Checking links: what addresses answer, kept between runs, and what that says about the links to them."""
