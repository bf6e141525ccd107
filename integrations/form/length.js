// Counts a comment's characters as the server does (service/moderation/text/length.py, cleaning.py, filler.py).
// One table of cases and a few thousand random texts run on both: tests/integrations/form/.

const LINE_BREAK = /\r\n|[\r\v\f\x85]/g;
const CONTROL = /(?![\n\t])[\p{Cc}\p{Cs}]/gu;
// What \s matches, and the blanks that it does not know: fillers and the empty braille pattern.
const WHITE = /[\s\u115f\u1160\u2800\u3164\uffa0]+/gu;
const SHOWS_NOTHING = /^[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]+$/u;
const FILLER = /(.{1,16}?)\1{3,}/gsu;
const LONGEST_PATTERN = 16; // code points, as in FILLER
const CODE_POINTS_EACH = 4; // of a character, on average
const segmenter = new Intl.Segmenter();

/** Return the text with line ends as \n and without control characters: what the server stores of it. */
export function clean(text) {
  return text.replace(LINE_BREAK, "\n").replace(CONTROL, "");
}

/** Return the number of characters that a reader sees, with white space collapsed. */
export function readerLength(text) {
  let length = 0;
  for (const { segment } of segmenter.segment(text.replace(WHITE, " ").trim())) {
    if (!SHOWS_NOTHING.test(segment)) length += 1;
  }
  return length;
}

/** Return the length in which only three copies of a repetition count. From `enough` on, any number means "enough". */
export function lengthOfWords(text, enough) {
  if (enough <= 0) return 0;
  const lookedAt = CODE_POINTS_EACH * enough + LONGEST_PATTERN;
  const beginning = Array.from(text.slice(0, 2 * (lookedAt + 1)));
  if (beginning.length > lookedAt) {
    // Its end may be a part of a copy, which must not count: more copies are no longer text.
    const shortened = Array.from(withoutFiller(beginning.slice(0, lookedAt).join("")));
    const length = readerLength(shortened.slice(0, -LONGEST_PATTERN).join(""));
    if (length >= enough) return length;
  }
  return readerLength(withoutFiller(text));
}

/**
 * Measure a cleaned comment as the server will: `length` is the number that it answers, `isFiller` says that the
 * comment would be long enough if repetitions counted.
 */
export function measure(text, minimum, maximum) {
  const codePoints = text.length > CODE_POINTS_EACH * maximum ? Array.from(text).length : 0;
  const length = codePoints > CODE_POINTS_EACH * maximum ? codePoints : readerLength(text);
  if (length > maximum || length < minimum) return { length, isFiller: false };
  const ofWords = lengthOfWords(text, minimum);
  return ofWords < minimum ? { length: ofWords, isFiller: true } : { length, isFiller: false };
}

function withoutFiller(text) {
  return text.replace(FILLER, "$1$1$1");
}
