"""Ways that several works share: the notebook's, and the bound."""
