// Owns how a name that came from a file stands in a message.
/** The name, short and without the characters that would steer a terminal. */
export function printableName(name) {
    const short = name.length > 200 ? `${name.slice(0, 200)}...` : name;
    return short.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "?");
}
