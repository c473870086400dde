import { z } from 'zod';
import { flatFields, toInput, type FlatFields, type FlatInput } from './flat-parameters.js';
import { readPage, type PageRequest, type PagingInput, type PagingRules } from './paging.js';
import type { Parameters } from './percent-encoding.js';
import { isRpcCode } from './rpc-codes.js';
import { invalidParameter, missingParameter, rpcError, type RpcError } from './rpc-error.js';

/** What reading parameters needs to know of the deployment. */
export interface ActionContext {
  /** The one region that exists here. */
  readonly regionId: string;
}

/** An operation of the API, keyed by version and name together. */
export interface RpcAction<P = unknown, T = unknown> {
  readonly name: string;
  /** Product version, e.g. `2014-05-26`. */
  readonly version: string;
  /**
   * Reads and checks all parameters. Members have the names of the wire.
   * @throws RpcError `MissingParameter`, `InvalidRegionId.NotFound`, or the code of the action's table
   */
  parse(params: Parameters, context: ActionContext): P;
  /**
   * Reads and checks only the parameters that name resources, for authorisation, which comes before the other checks
   * (spec openapi §12). @throws RpcError as {@link parse}
   */
  parseTarget(params: Parameters, context: ActionContext): T;
}

/** Definition of an {@link RpcAction}; schemas have an RPC code as the message of whatever may fail with one. */
export interface ActionDefinition<S extends z.ZodRawShape, K extends keyof S> {
  readonly name: string;
  readonly version: string;
  readonly shape: S;
  /** Parameters that name resources. */
  readonly target: readonly K[];
  /** Adds rules between parameters. */
  readonly rules?: (schema: z.ZodObject<S>) => z.ZodObject<S>;
}

type Output<S extends z.ZodRawShape> = z.output<z.ZodObject<S>>;
type Target<S extends z.ZodRawShape, K> = Pick<Output<S>, K & keyof Output<S>>;

/** Makes an action; all schemas are built here, once. `RegionId` in the shape is checked against the deployment's. */
export function defineAction<S extends z.ZodRawShape, K extends keyof S & string>(
  definition: ActionDefinition<S, K>,
): RpcAction<Output<S>, Target<S, K>> {
  const { name, version, shape, target, rules } = definition;
  const whole = z.object(shape);
  const readAll = reader(rules ? rules(whole) : whole, flatFields(shape));
  const targetShape = Object.fromEntries(
    Object.entries(shape).filter(([field]) => field === 'RegionId' || target.includes(field as K)),
  );
  const readTarget = reader(z.object(targetShape), flatFields(targetShape));
  return {
    name,
    version,
    parse: readAll,
    parseTarget: (params, context) => readTarget(params, context) as Target<S, K>,
  };
}

/** Parameters of both paging styles; {@link paged} reads them. */
export const PAGING_SHAPE = {
  MaxResults: z.string().optional(),
  NextToken: z.string().optional(),
  PageNumber: z.string().optional(),
  PageSize: z.string().optional(),
};

/** Adds `page` to what an action's {@link PAGING_SHAPE} gives; a token is bound to all other parameters. */
export function paged<P extends PagingInput, T>(
  action: RpcAction<P, T>,
  rules: PagingRules,
): RpcAction<P & { readonly page: PageRequest }, T> {
  return {
    ...action,
    parse: (params, context) => {
      const parsed = action.parse(params, context);
      const { MaxResults, NextToken, PageNumber, PageSize, ...filters } = parsed;
      const paging = { MaxResults, NextToken, PageNumber, PageSize };
      return { ...parsed, page: readPage(paging, rules, [action.name, filters]) };
    },
  };
}

function reader<S extends z.ZodRawShape>(schema: z.ZodObject<S>, fields: FlatFields) {
  const isRegional = fields.has('RegionId');
  return (params: Parameters, { regionId }: ActionContext): Output<S> => {
    const input = toInput(params, fields);
    if (isRegional) assertRegion(input, regionId);
    const result = schema.safeParse(input);
    if (result.success) return result.data;
    throw errorOf(result.error.issues, input);
  };
}

function assertRegion(input: FlatInput, regionId: string): void {
  if (input['RegionId'] === undefined) throw missingParameter('RegionId');
  if (input['RegionId'] !== regionId) throw rpcError('InvalidRegionId.NotFound');
}

/** The first issue decides, in the order of the shape. */
function errorOf(issues: readonly z.core.$ZodIssue[], input: FlatInput): RpcError {
  const [{ message, path } = { message: '', path: [] }] = issues;
  const name = String(path[0]);
  if (isRpcCode(message)) return rpcError(message);
  return input[name] === undefined ? missingParameter(name) : invalidParameter(name);
}
