"""Language tags and texts, where academic code looks for them."""

from kernel.languages import LanguageText, choose_language, language_tag, language_text

__all__ = ["LanguageText", "choose_language", "language_tag", "language_text"]
