/** The name, short and without the characters that would steer a terminal. */
export declare function printableName(name: string): string;
