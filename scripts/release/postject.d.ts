declare module 'postject' {
  /** Puts a resource into a copy of Node's binary. */
  export function inject(
    filename: string,
    resourceName: string,
    resource: Buffer,
    options: { readonly sentinelFuse: string },
  ): Promise<void>;
}
