"""Pages for people: plain HTML without scripts, readable by everybody and by programs that read aloud."""
