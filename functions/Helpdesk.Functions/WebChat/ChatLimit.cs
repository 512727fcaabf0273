using Helpdesk.Functions.Hosting;

namespace Helpdesk.Functions.WebChat;

/// <summary>How many conversations and chat tokens one address may begin, per instance of the app; a whole office may have one address.</summary>
/// <remarks><c>Chat__PerMinute</c>, 600 by default; 1 to 1,000,000.</remarks>
public sealed class ChatLimit(IConfiguration settings) : AddressLimit(settings, "Chat", 600);
