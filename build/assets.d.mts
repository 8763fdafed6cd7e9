/** Into the folder of a bundle, which is one module in the place of all that read them. */
export function copyAssetsBeside(folder: string): void;
