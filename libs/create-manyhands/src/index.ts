/** Makes a project for kinds of your own. */
export { createProject, TEMPLATES, type ProjectRequest, type TemplateName } from './project.ts';
