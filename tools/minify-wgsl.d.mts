export function minifyWgsl(text: string): string;
export function minifyWgslOf(code: string): string;
