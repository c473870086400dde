/**
 * HTTP status and default text of each code that the RPC façade answers with (spec openapi §12, actions "Errors").
 * Codes with a parameter's name in them (`InvalidParameter.<Name>`) are made by {@link invalidParameter} in rpc-error.ts.
 */
export const RPC_CODES = {
  // public parameters and transport
  MissingParameter: [400, 'A mandatory parameter is not supplied.'],
  InvalidParameter: [400, 'The request is not valid.'],
  UnsupportedParameter: [400, 'A parameter is not supported.'],
  InvalidVersion: [400, 'The specified version does not exist.'],
  'InvalidAction.NotFound': [404, 'The specified action does not exist in this version.'],
  UnsupportedHTTPMethod: [403, 'Only GET and POST are supported.'],
  'InvalidRegionId.NotFound': [404, 'The specified region does not exist.'],
  // who is calling
  'InvalidAccessKeyId.NotFound': [404, 'The specified access key does not exist.'],
  'InvalidAccessKeyId.Inactive': [400, 'The specified access key is disabled.'],
  IncompleteSignature: [400, 'The signature of the request is not complete.'],
  SignatureDoesNotMatch: [400, 'The signature of the request does not match.'],
  SignatureNonceUsed: [400, 'The signature nonce has been used already.'],
  'InvalidTimeStamp.Expired': [
    400,
    'The time of the request differs from the server by more than 15 minutes.',
  ],
  'InvalidTimeStamp.Format': [400, 'The time of the request must look like 2026-01-15T08:30:00Z.'],
  MissingSecurityToken: [400, 'A temporary access key needs its security token.'],
  'InvalidSecurityToken.Expired': [400, 'The security token has expired.'],
  'InvalidSecurityToken.Malformed': [400, 'The security token is not valid.'],
  'InvalidSecurityToken.MismatchWithAccessKey': [400, 'The security token belongs to another access key.'],
  // may the caller do it, now
  'Forbidden.RAM': [403, 'The caller is not authorized to perform this operation.'],
  NoPermission: [403, 'The caller is not authorized to perform this operation.'],
  'Operation.Forbidden': [403, 'The operation is not permitted in the present state.'],
  'Throttling.User': [400, 'Too many requests; try again later.'],
  IdempotentParameterMismatch: [403, 'The client token was used before with other parameters.'],
  IdempotentProcessing: [403, 'The first request with this client token is still being processed.'],
  DryRunOperation: [400, 'The request would have succeeded; it was a dry run.'],
  InternalError: [500, 'The request failed for a reason inside the server.'],
  'InternalError.Dispatch': [500, 'The agent could not be reached.'],
  ServiceUnavailable: [503, 'The service is temporarily unavailable.'],
  // lists, tags, groups
  'InvalidParameter.NextToken': [400, 'The specified NextToken is not valid.'],
  'InvalidParameter.MaxResults': [400, 'The specified MaxResults is out of range.'],
  'InvalidParam.PageNumber': [400, 'The specified PageNumber is out of range.'],
  'InvalidParam.PageSize': [400, 'The specified PageSize is out of range.'],
  'InvalidResourceGroup.NotFound': [404, 'The specified resource group does not exist.'],
  'NumberExceed.Tags': [400, 'At most 20 tags are allowed.'],
  'MissingParameter.TagKey': [400, 'Each tag needs a key.'],
  'Duplicate.TagKey': [400, 'A tag key occurs more than once.'],
  'InvalidTagKey.Malformed': [400, 'A tag key is not valid.'],
  'InvalidTagValue.Malformed': [400, 'A tag value is not valid.'],
  // instances and activations
  'InvalidInstance.NotFound': [404, 'The specified instance does not exist.'],
  'InstanceIds.ExceedLimit': [403, 'Too many instance ids are specified.'],
  'InvalidInstanceIds.Malformed': [400, 'InstanceIds must be a JSON array of strings.'],
  'InstanceName.ExceedLimit': [400, 'The length of InstanceName is out of range.'],
  'InstanceName.InvalidPattern': [
    400,
    'InstanceName must start with a letter and hold only letters, digits, ".", "_", "-" and ":".',
  ],
  'ActivationId.NotFound': [404, 'The specified activation does not exist.'],
  'ActivationId.InUse': [403, 'Instances were registered with the specified activation.'],
  'ActivationDesc.ExceedLimit': [400, 'Description must have 1 to 100 characters.'],
  'ActivationLimitation.Invalid': [400, 'InstanceCount must be 1 to 1000.'],
  'ActivationTTL.ExceedLimit': [400, 'TimeToLiveInHours is out of range.'],
  'AddressRange.InvalidPattern': [400, 'IpAddressRange must be an IPv4 or IPv6 address or CIDR block.'],
  // sessions
  'InvalidSessionId.NotFound': [404, 'The specified session does not exist.'],
  'SessionCount.ExceedLimit': [403, 'Too many sessions.'],
  'PortForwarding.NotSupported': [403, 'The agent of the instance does not support port forwarding.'],
  'UserBehavior.SessionManagerDisabled': [403, 'Session manager is disabled for the account.'],
  'PortNumber.Invalid': [400, 'PortNumber must be 1 to 65535.'],
  'InvalidCommandLine.Conflict': [403, 'CommandLine excludes PortNumber and TargetServer.'],
  'InvalidCommandLine.LengthLimitExceeded': [403, 'CommandLine has at most 512 characters.'],
  'InvalidTargetServer.MissingPortNumber': [403, 'TargetServer needs PortNumber.'],
  'InvalidTargetServer.LengthLimitExceeded': [403, 'TargetServer has at most 128 characters.'],
  'InvalidInstanceIds.CountLimitExceeded': [403, 'A session reaches exactly one instance.'],
  'Username.ExceedLimit': [403, 'Username has at most 255 characters.'],
  'InvalidPasswordName.LengthLimitExceeded': [403, 'PasswordName has at most 255 characters.'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

/** A code with an entry in {@link RPC_CODES}. */
export type RpcCode = keyof typeof RPC_CODES;

/** Whether `text` is a code of {@link RPC_CODES}. */
export const isRpcCode = (text: string): text is RpcCode => Object.hasOwn(RPC_CODES, text);
