namespace Helpdesk.LocalHost;

/// <summary>Something that whoever started the host can put right; the message says how, in one sentence.</summary>
public sealed class LocalHostException(string message, Exception? inner = null) : Exception(message, inner);
