"""The demo's own word lists, one module per university's languages: data only. Nobody and nothing in them is real."""
