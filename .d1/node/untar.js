// Reads tar archives held in memory. Owns the ustar format as far as packages use it: files, folders and symbolic links.
// Decompression and writing to disk are not here.
const BLOCK = 512;
/**
 * The entries of a tar archive, with names that stay inside the folder they are unpacked to.
 * @throws Error where the archive is cut off, a checksum is wrong or a name leads outside
 */
export function* untar(archive, archiveName) {
    const bad = (what) => new Error(`The archive ${archiveName} cannot be unpacked: ${what}`);
    for (let at = 0; at < archive.length;) {
        const header = archive.subarray(at, at + BLOCK);
        if (header.length < BLOCK)
            throw bad(`it ends inside a header at byte ${at}`);
        if (header.every((byte) => byte === 0))
            return;
        if (octal(header, 148, 8) !== checksum(header))
            throw bad(`the header at byte ${at} has a wrong checksum`);
        const byteLength = octal(header, 124, 12);
        const start = at + BLOCK;
        if (!(byteLength <= archive.length - start))
            throw bad(`the entry at byte ${at} is longer than the archive`);
        at = start + Math.ceil(byteLength / BLOCK) * BLOCK;
        const prefix = text(header, 345, 155);
        const name = (prefix ? `${prefix}/${text(header, 0, 100)}` : text(header, 0, 100)).replace(/^(\.\/)+/, "");
        const kind = KINDS[String.fromCharCode(header[156])];
        if (kind === undefined)
            throw bad(`the entry ${name} is of a type that is not supported`);
        if (name === "")
            continue;
        const target = kind === "link" ? text(header, 157, 100) : "";
        if (leadsOutside(name) || leadsOutside(target))
            throw bad(`the entry ${name} leads outside its folder`);
        yield { name, kind, mode: octal(header, 100, 8), data: archive.subarray(start, start + byteLength), target };
    }
}
const KINDS = { "0": "file", "\0": "file", "2": "link", "5": "folder" };
function leadsOutside(path) {
    return path.startsWith("/") || path.split(/[\\/]/).includes("..");
}
function text(header, at, length) {
    const field = header.subarray(at, at + length);
    const end = field.indexOf(0);
    return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}
function octal(header, at, length) {
    return Number.parseInt(text(header, at, length).trim() || "0", 8);
}
/** The sum of the header's bytes, its own checksum field counted as spaces. */
function checksum(header) {
    return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}
