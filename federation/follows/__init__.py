"""Follows: `rows` who follows whom and the counts, `queries` what is asked of them, `operations` what people do."""
