"""Ask both databases, in statements that are written once; connections and checks of each."""
