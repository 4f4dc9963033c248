// What the tests use of upng-js, which has no types.
declare module "upng-js" {
  interface DecodedPng {
    readonly width: number;
    readonly height: number;
  }
  const UPNG: {
    decode(bytes: Uint8Array | ArrayBuffer): DecodedPng;
    toRGBA8(image: DecodedPng): ArrayBuffer[];
  };
  export default UPNG;
}
