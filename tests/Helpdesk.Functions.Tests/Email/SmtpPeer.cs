using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MimeKit;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.ComponentModel;
using SmtpServer.Mail;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>A mail server on this machine that keeps what it takes.</summary>
internal sealed class SmtpPeer : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;

    private SmtpPeer(int port, Action<EndpointDefinitionBuilder>? configure)
    {
        Port = port;
        var services = new ServiceProvider();
        services.Add(new Store(this));
        services.Add(new Logins(this));
        var options = new SmtpServerOptionsBuilder()
            .ServerName("localhost")
            .Endpoint(one =>
            {
                one.Endpoint(new IPEndPoint(IPAddress.Loopback, port));
                configure?.Invoke(one);
            })
            .Build();
        _running = new SmtpServer.SmtpServer(options, services).StartAsync(_end.Token);
    }

    public int Port { get; }

    /// <summary>What it has taken.</summary>
    public ConcurrentQueue<MimeMessage> Taken { get; } = new();

    /// <summary>What it answers to a mail before it takes any.</summary>
    public Func<SmtpResponse> Answers { get; set; } = () => SmtpResponse.Ok;

    /// <summary>Who has logged in, with the password, whether it was right or not.</summary>
    public ConcurrentQueue<(string User, string Password)> Tried { get; } = new();

    public string[] Settings => [$"--Mail:Smtp:Host=127.0.0.1", $"--Mail:Smtp:Port={Port}", "--Mail:Smtp:Security=none", "--Mail:From=desk@help.example"];

    public static SmtpPeer Start(Action<EndpointDefinitionBuilder>? configure = null)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        return new(port, configure);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private sealed class Logins(SmtpPeer peer) : UserAuthenticator
    {
        public override Task<bool> AuthenticateAsync(ISessionContext context, string user, string password, CancellationToken cancellationToken)
        {
            peer.Tried.Enqueue((user, password));
            return Task.FromResult((user, password) == ("desk", "secret"));
        }
    }

    private sealed class Store(SmtpPeer peer) : MessageStore
    {
        public override async Task<SmtpResponse> SaveAsync(
            ISessionContext context,
            IMessageTransaction transaction,
            ReadOnlySequence<byte> buffer,
            CancellationToken cancellationToken
        )
        {
            var answer = peer.Answers();
            if (answer != SmtpResponse.Ok)
                return answer;
            using var bytes = new MemoryStream(buffer.ToArray());
            peer.Taken.Enqueue(await MimeMessage.LoadAsync(bytes, cancellationToken));
            return answer;
        }
    }
}
