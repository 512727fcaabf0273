using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Helpdesk.LocalHost;

/// <summary>Ports of this machine.</summary>
internal static class Ports
{
    /// <summary>
    /// One that nobody listens on, below those that the system gives to outgoing connections: so it is still free when somebody begins to listen.
    /// </summary>
    public static int Free(int from = 20_000, int below = 26_000)
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(from, below);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Then another one.
            }
        }
    }
}
