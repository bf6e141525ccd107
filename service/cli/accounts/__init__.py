"""`moderato site`, `keys` and `moderator`: who sends comments, and who decides about them."""
