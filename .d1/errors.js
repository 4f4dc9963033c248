// Owns the one error type of the library. Every message is one sentence that names the thing, what came and what was wanted.
/** An error of this library; `code` says what kind, `message` is one sentence for a person. */
export class EsrganError extends Error {
    code;
    name = "EsrganError";
    constructor(code, message, options) {
        super(message, options);
        this.code = code;
    }
}
