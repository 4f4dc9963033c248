// File name patterns as shells know them: * ? [a-z] [!a-z]. Owns what a pattern means for one name; looking for files is input-files.ts.
/** Whether there is anything in these words that may stand for something else. */
export function isPattern(words) {
    return /[*?[]/.test(words);
}
/** Whether a file's or folder's name is one that the pattern means. A name that begins with a dot needs a pattern that does. */
export function matches(pattern, name, ignoreCase = false) {
    if (name.startsWith(".") && !pattern.startsWith("."))
        return false;
    const fold = (text) => (ignoreCase ? text.toLowerCase() : text);
    const tokens = parse([...fold(pattern)]);
    const characters = [...fold(name)];
    let [token, at] = [0, 0];
    let star; // the last one, and where what comes after it is tried
    while (at < characters.length) {
        const test = tokens[token];
        if (test === "any")
            star = { token: token++, at };
        else if (test?.(characters[at]))
            [token, at] = [token + 1, at + 1];
        else if (star)
            [token, at] = [star.token + 1, ++star.at];
        else
            return false;
    }
    return tokens.slice(token).every((rest) => rest === "any");
}
function parse(pattern) {
    const tokens = [];
    for (let at = 0; at < pattern.length; at++) {
        const character = pattern[at];
        const end = character === "[" ? setEnd(pattern, at) : -1;
        if (character === "*")
            tokens.push("any");
        else if (character === "?")
            tokens.push(() => true);
        else if (end < 0)
            tokens.push((other) => other === character);
        else {
            tokens.push(set(pattern.slice(at + 1, end)));
            at = end;
        }
    }
    return tokens;
}
const isNegation = (character) => character === "!" || character === "^";
/** Where the set that starts here is closed, its first character not counted; -1 if it is not. */
function setEnd(pattern, start) {
    return pattern.indexOf("]", start + (isNegation(pattern[start + 1]) ? 3 : 2));
}
/** Between the brackets: characters and ranges of them. */
function set(written) {
    const isNegated = isNegation(written[0]);
    const ranges = [];
    for (let at = isNegated ? 1 : 0; at < written.length; at++) {
        const isRange = written[at + 1] === "-" && at + 2 < written.length;
        ranges.push([written[at], written[isRange ? at + 2 : at]]);
        if (isRange)
            at += 2;
    }
    const code = (character) => character.codePointAt(0);
    const isIn = (character) => ranges.some(([from, to]) => code(from) <= code(character) && code(character) <= code(to));
    return isNegated ? (character) => !isIn(character) : isIn;
}
