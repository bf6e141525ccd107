"""The routes of version 1, one file for each kind of object; rooms for connections and objections."""
