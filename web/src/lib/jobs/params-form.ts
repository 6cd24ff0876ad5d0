/**
 * The form for a kind's parameters, from its JSON Schema.
 *
 * The validator interprets the schema; one that compiles it (ajv) needs `eval`, which the content security policy refuses.
 */
import { format, Validator, type ValidationResult } from '@cfworker/json-schema';
import { theme as basicTheme } from '@sjsf/basic-theme';
import { createFormValidator } from '@sjsf/cfworker-validator';
import { createForm, getValueSnapshot, setValue, type FormState, type Schema, type UiSchema } from '@sjsf/form';
import { createFormIdBuilder } from '@sjsf/form/id-builders/modern';
import { createFormMerger } from '@sjsf/form/mergers/modern';
import { resolver as basicResolver } from '@sjsf/form/resolvers/basic';
import { overrideByRecord } from '@sjsf/form/lib/resolver';
import { translation } from '@sjsf/form/translations/en';
import '@sjsf/basic-theme/extra-widgets/textarea-include';
import CodeField from '../code/CodeField.svelte';
import ParamDigits from '../ui/ParamDigits.svelte';
import ParamNumber from '../ui/ParamNumber.svelte';
import { formSchemaOf, formValueOf, OBJECT_FORMAT, objectIn, paramsOf, type FormSchema, type Params } from './params-schema.ts';
import { ownProblems, plainProblem } from './plain-problem.ts';

/** Says in plain words what the validator says in those of JSON Schema. */
class PlainValidator extends Validator {
  override validate(instance: unknown): ValidationResult {
    const { valid, errors } = super.validate(instance);
    return { valid, errors: ownProblems(errors).map((unit) => ({ ...unit, error: plainProblem(unit.keyword, unit.error) })) };
  }
}

// A format is looked up where the validator has those of JSON Schema.
Object.assign(format, { [OBJECT_FORMAT]: (text: string) => objectIn(text) !== undefined });

/** The library's field for whole numbers drops what is none, and what was pasted snaps back without a word; the one for numbers keeps it. */
const resolver: typeof basicResolver = (context) => {
  const fieldOf = basicResolver(context);
  return (config) => {
    const field = fieldOf(config);
    return field === 'integerField' ? 'numberField' : field;
  };
};

const theme = overrideByRecord(basicTheme, { numberWidget: ParamNumber });

export interface ParamsForm {
  form: FormState<Params>;
  /** Fills the form in. */
  take(params: Params): void;
  /** What the form holds now. */
  current(): Params;
}

/** Call while a component initialises. `submit` gets parameters that fit the schema. */
export function createParamsForm(kindSchema: Params, initial: Params, submit: (params: Params) => void): ParamsForm {
  const fitted = formSchemaOf(kindSchema);
  const form = createForm<Params>({
    theme,
    schema: fitted.schema as Schema,
    initialValue: formValueOf(initial, fitted),
    resolver,
    translation,
    idPrefix: 'params',
    idBuilder: createFormIdBuilder,
    merger: createFormMerger,
    validator: createFormValidator<Params>({ factory: (each) => new PlainValidator(each as never, '2020-12', false) }),
    uiSchema: { 'ui:options': { hideTitle: true }, ...widgetsOf(fitted) },
    onSubmit: (value) => submit(paramsOf(value, fitted)),
  });
  return {
    form,
    take: (params) => setValue(form, formValueOf(params, fitted)),
    current: () => paramsOf((getValueSnapshot(form) ?? {}) as Params, fitted),
  };
}

function widgetsOf({ code, digits, objects }: FormSchema): UiSchema {
  return Object.fromEntries([
    ...[...objects].map((name) => [name, { 'ui:components': { textWidget: 'textareaWidget' } }]),
    ...[...digits].map((name) => [name, { 'ui:components': { textWidget: ParamDigits } }]),
    ...[...code].map((name) => [name, { 'ui:components': { textWidget: CodeField } }]),
  ]) as UiSchema;
}
