// Owns the raw picture type. Where pictures come from and go to is not here: see image/.
export {};
