/** Single page app: nothing is rendered on a server, so the build is plain files. */
export const ssr = false;
export const prerender = false;
