import { AppError } from '@sallyport/kernel';
import { describe, expect, it } from 'vitest';
import { renderError, renderSuccess } from './envelope.js';
import { faultOf } from './fault-of.js';

const ID = '5E2D4C7B-0000-4000-8000-000000000000';
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';

describe('renderSuccess', () => {
  it('is one JSON object that begins with the request id and leaves out what is undefined', () => {
    const rendered = renderSuccess('JSON', 'X', ID, { NextToken: '', Gone: undefined, List: [] });
    expect(rendered).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json;charset=utf-8', 'x-acs-request-id': ID },
      text: `{"RequestId":"${ID}","NextToken":"","List":[]}`,
    });
  });

  it('is XML with the action in the root and repeated elements for lists, wrapped or not', () => {
    const body = {
      Sessions: { Session: [{ SessionId: 's-1', PortNumber: 22 }, { SessionId: 's-2' }] },
      Tags: [{ TagKey: 'a' }, { TagKey: 'b' }],
      Flag: true,
      Gone: undefined,
      Empty: '',
    };
    const { text, headers } = renderSuccess('XML', 'DescribeTerminalSessions', ID, body);
    expect(headers['content-type']).toBe('text/xml;charset=utf-8');
    expect(text).toBe(
      `${DECLARATION}<DescribeTerminalSessionsResponse><RequestId>${ID}</RequestId>` +
        '<Sessions><Session><SessionId>s-1</SessionId><PortNumber>22</PortNumber></Session>' +
        '<Session><SessionId>s-2</SessionId></Session></Sessions>' +
        '<Tags><TagKey>a</TagKey></Tags><Tags><TagKey>b</TagKey></Tags>' +
        '<Flag>true</Flag><Empty></Empty></DescribeTerminalSessionsResponse>',
    );
  });

  it('escapes text in XML and replaces what XML cannot hold', () => {
    const { text } = renderSuccess('XML', 'X', ID, { V: `<&>"'\u0001\ud800]]>😀` });
    expect(text).toContain('<V>&lt;&amp;&gt;&quot;&apos;\ufffd\ufffd]]&gt;😀</V>');
  });

  it('has no top-level Code', () => {
    // @ts-expect-error pop-core takes a body with a Code for a failure
    expect(renderSuccess('JSON', 'X', ID, { Code: '200' }).status).toBe(200);
  });
});

describe('renderError', () => {
  const fault = faultOf(new AppError('RATE_LIMITED', 'Slow <down>.', { details: { retryAfterMs: 1_500 } }));

  it('is JSON with text members only, and says when to come back', () => {
    const rendered = renderError('JSON', ID, 'h:1', fault);
    expect(rendered.status).toBe(400);
    expect(rendered.headers).toMatchObject({ 'x-acs-request-id': ID, 'x-acs-retry-after': '2' });
    expect(JSON.parse(rendered.text)).toEqual({
      RequestId: ID,
      HostId: 'h:1',
      Code: 'Throttling.User',
      Message: 'Slow <down>.',
    });
  });

  it('is XML with the root Error', () => {
    expect(renderError('XML', ID, 'h:1', fault).text).toBe(
      `${DECLARATION}<Error><RequestId>${ID}</RequestId><HostId>h:1</HostId>` +
        '<Code>Throttling.User</Code><Message>Slow &lt;down&gt;.</Message></Error>',
    );
  });

  it('carries what was denied', () => {
    const denied = faultOf(new AppError('POLICY_DENIED', 'no', { details: { action: 'ecs:X' } }));
    const body = JSON.parse(renderError('JSON', ID, 'h', denied).text) as Record<string, unknown>;
    expect(body['AccessDeniedDetail']).toEqual({ AuthAction: 'ecs:X', NoPermissionType: 'ImplicitDeny' });
  });
});
