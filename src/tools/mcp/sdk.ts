import { PerigeeError } from '../../core/index.ts';

/** What of the SDK is used. */
export type McpSdk = Awaited<ReturnType<typeof importSdk>>;

async function importSdk() {
  const [client, http, sse, stdio, framing, types] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
    import('@modelcontextprotocol/sdk/client/sse.js'),
    import('@modelcontextprotocol/sdk/client/stdio.js'),
    import('@modelcontextprotocol/sdk/shared/stdio.js'),
    import('@modelcontextprotocol/sdk/types.js'),
  ]);
  return {
    Client: client.Client,
    StreamableHttpTransport: http.StreamableHTTPClientTransport,
    StreamableHttpError: http.StreamableHTTPError,
    SseTransport: sse.SSEClientTransport,
    StdioTransport: stdio.StdioClientTransport,
    defaultEnvironment: stdio.getDefaultEnvironment,
    readMessage: framing.deserializeMessage,
    writeMessage: framing.serializeMessage,
    ResultSchema: types.ResultSchema,
    ToolListChanged: types.ToolListChangedNotificationSchema,
    McpError: types.McpError,
    TIMED_OUT: types.ErrorCode.RequestTimeout,
  };
}

/** Loads the SDK. Throws `missing-package` where it is not installed. */
export async function loadSdk(load: typeof importSdk = importSdk): Promise<McpSdk> {
  try {
    return await load();
  } catch (cause) {
    throw new PerigeeError('missing-package', 'MCP servers need the package @modelcontextprotocol/sdk.', {
      remedy: 'Run `npm install @modelcontextprotocol/sdk`.',
      cause,
    });
  }
}
