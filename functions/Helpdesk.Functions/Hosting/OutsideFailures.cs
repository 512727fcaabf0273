using System.Net.Sockets;
using System.Security.Authentication;

namespace Helpdesk.Functions.Hosting;

/// <summary>Why an address that somebody has set could not be called, in words for whoever set it.</summary>
public static class OutsideFailures
{
    private const int Length = 500;

    /// <summary>Whether an exception says that a call did not come about or was broken off.</summary>
    public static bool IsOne(Exception failure) =>
        failure is HttpRequestException or SocketException or IOException or OutsideAddressException or UriFormatException;

    /// <summary>Whether the address itself is refused, so that another try is of no use.</summary>
    public static bool IsRefusal(Exception failure)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            if (inner is OutsideAddressException or UriFormatException)
                return true;
        }

        return false;
    }

    /// <summary>Why there was no answer, in the words of whatever knows best.</summary>
    /// <param name="who">Who was called, such as <c>The receiver</c>.</param>
    public static string WhyOf(Exception failure, string who)
    {
        ArgumentNullException.ThrowIfNull(failure);
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            if (inner is OutsideAddressException refused)
                return Cut($"The address is not called: {refused.Message}");
            if (inner is AuthenticationException untrusted)
                return Cut($"{who}'s certificate is not accepted: {untrusted.Message}");
            if (inner is SocketException socket)
                return Cut($"{who} cannot be reached: {socket.Message}");
        }

        return Cut($"{who} cannot be reached: {failure.Message}");
    }

    private static string Cut(string text) => PlainText.Head(text, Length);
}
