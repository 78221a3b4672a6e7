"""The feeds room: from an address to articles, each once, whatever feeds say of them."""
