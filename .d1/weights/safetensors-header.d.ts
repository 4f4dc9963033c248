/** One tensor of the header, as written there: nothing but its grammar has been checked. */
export interface TensorEntry {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
    /** Offsets into the data behind the header. */
    readonly begin: number;
    readonly end: number;
}
export interface SafetensorsHeader {
    readonly entries: readonly TensorEntry[];
    readonly metadata: Readonly<Record<string, string>>;
}
/** @throws EsrganError "bad-weights" naming the place and what was expected there */
export declare function parseSafetensorsHeader(text: string): SafetensorsHeader;
