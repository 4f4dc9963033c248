/** Whether there is anything in these words that may stand for something else. */
export declare function isPattern(words: string): boolean;
/** Whether a file's or folder's name is one that the pattern means. A name that begins with a dot needs a pattern that does. */
export declare function matches(pattern: string, name: string, ignoreCase?: boolean): boolean;
