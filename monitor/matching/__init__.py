"""The matching room: rules read from files, put to articles, and explained."""
