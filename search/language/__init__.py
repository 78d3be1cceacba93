"""In which language a text is: declared, the institution's default, or detected.

`documents` for what is indexed, `queries` for what is asked, `readers` for what is shown; `tags` says which tags all of them
use. `candidates` decides by letters (`scripts`), and only what they leave open is asked of the `detector`.
"""
