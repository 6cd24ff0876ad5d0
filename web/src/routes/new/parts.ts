/** What the page of a new job shows once it is known what can be computed: in one file, for one request. */
export { default as Beside } from './Beside.svelte';
export { default as SubmitJob } from './SubmitJob.svelte';
