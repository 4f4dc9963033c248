// The version of the package, as package.json has it: what is kept between runs belongs to one.

export const VERSION = "0.1.0";
