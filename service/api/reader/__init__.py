"""The reader's side: what a form on the publisher's page asks for, with a key that every reader can see."""
