export interface Bundle {
  /** Of what was bundled; another one means that it is old. */
  key: string;
  /** The bundled file of each module, by the module's address. */
  files: Readonly<Record<string, string>>;
}

export declare const BUNDLE_FOLDER: string;
export declare function packagesIn(text: string): string[];
export declare function readBundle(): Bundle | undefined;
