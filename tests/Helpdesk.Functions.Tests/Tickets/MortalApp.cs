using System.Diagnostics.Metrics;
using Azure.Core;
using Helpdesk.Functions.Storage;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Tickets;

/// <summary>An app that can be made to die between two of its writes: from then on nothing of it reaches storage.</summary>
public sealed class MortalApp : IAsyncDisposable
{
    private readonly Mortality _mortality;

    private MortalApp(RunningApp app, Mortality mortality) => (App, _mortality) = (app, mortality);

    public RunningApp App { get; }

    /// <param name="table">Writes to which table count.</param>
    /// <param name="everything">Whether every write counts.</param>
    public static Task<MortalApp> StartAsync(string storage, string table = "Tickets", bool everything = false, params string[] settings) =>
        StartAsync(storage, table, everything, _ => { }, settings);

    public static async Task<MortalApp> StartAsync(
        string storage,
        string table,
        bool everything,
        Action<FunctionsApplicationBuilder> configure,
        params string[] settings
    )
    {
        Mortality? mortality = null;
        var app = await RunningApp.StartAsync(
            storage,
            builder =>
            {
                configure(builder);
                builder.Services.AddSingleton<StorageMeter>(provider =>
                    mortality = new Mortality(provider.GetRequiredService<IMeterFactory>(), everything ? "" : table)
                );
            },
            settings
        );
        return new(app, mortality ?? throw new InvalidOperationException("The app has no storage."));
    }

    /// <summary>Lets so many writes to tables through, and no request after them.</summary>
    public void DieAfter(int writes) => _mortality.Left = writes;

    /// <summary>Whether a write was held back, so that there was something left to do.</summary>
    public bool HasDied => _mortality.Left < 0;

    public void Revive() => _mortality.Left = int.MaxValue;

    public ValueTask DisposeAsync() => App.DisposeAsync();

    private sealed class Mortality(IMeterFactory meters, string table) : StorageMeter(meters)
    {
        private int _left = int.MaxValue;

        public int Left
        {
            get => Volatile.Read(ref _left);
            set => Volatile.Write(ref _left, value);
        }

        public override void OnSendingRequest(HttpMessage message)
        {
            var writes = message.Request.Method != RequestMethod.Get && (message.Request.Uri.Path ?? "").Contains(table, StringComparison.Ordinal);
            var isBatch = (message.Request.Uri.Path ?? "").Contains("$batch", StringComparison.Ordinal);
            if (Left < 0 || ((writes || isBatch) && Left != int.MaxValue && Interlocked.Decrement(ref _left) < 0))
                throw new InvalidOperationException("This app is dead.");
            base.OnSendingRequest(message);
        }
    }
}
