-- Zero-width spaces (U+200B) separate words: names are indexed again by the command after this.

UPDATE conversions
  SET done = FALSE
  WHERE name IN ('event_words', 'venue_words');
