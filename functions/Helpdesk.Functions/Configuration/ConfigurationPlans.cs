using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Functions.Directory;
using Helpdesk.Functions.Hosting;
using Helpdesk.Functions.Storage;

namespace Helpdesk.Functions.Configuration;

/// <summary>A document that a draft has been made to be.</summary>
/// <param name="Draft">The draft, to be disposed of.</param>
/// <param name="Made">What is shown once, when it is applied.</param>
internal sealed record DraftedPlan(ConfigurationPlan Plan, StorageDraft Draft, IReadOnlyDictionary<string, string> Made);

/// <summary>Names a plan: when it was made, for which document, and what it found.</summary>
internal sealed record PlanName(DateTimeOffset At, string Document, string Found)
{
    private const int DocumentLength = 12;
    private const int FoundLength = 20;

    /// <summary>The name of a plan; null for a text that is none.</summary>
    public static PlanName? Parse(string text) =>
        text.Split('-') is [var at, { Length: DocumentLength } document, { Length: FoundLength } found]
        && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds < 99_999_999_999_999
            ? new(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), document, found)
            : null;

    public static PlanName Of(DateTimeOffset at, string document, string found) => new(at, document[..DocumentLength], Hashes.Short(found)[..FoundLength]);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.ToUnixTimeMilliseconds()}-{Document}-{Found}");
}

/// <summary>Finds what a document would do, on a draft of the desk that is thrown away.</summary>
public sealed class ConfigurationPlans(DraftServices drafts, IServiceProvider app, TimeProvider time)
{
    /// <summary>The configuration of the caller's workspace as it is now.</summary>
    public async Task<byte[]> ReadAsync(Caller caller, CancellationToken cancellationToken)
    {
        await using var draft = drafts.Open(app);
        var document = await ConfigurationReader.ReadAsync(new(draft, caller), draft, ConfigurationSections.All, cancellationToken);
        return ConfigurationReader.Bytes(document);
    }

    /// <summary>What a document would do now.</summary>
    /// <param name="at">When the plan is said to have been made; null for now.</param>
    internal async Task<DraftedPlan> PlanAsync(Caller caller, ConfigurationDocument document, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        await using var draft = drafts.Open(app);
        var calls = new InnerCalls(draft, caller);
        var before = await ConfigurationReader.ReadAsync(calls, draft, ConfigurationSections.All, cancellationToken);
        foreach (var section in document.Sections.Select(section => section.Key).Where(name => before[name] is null))
            throw new InvalidRequestException(
                JsonPlace.Of(section),
                $"{section} is no section of this workspace. Leave it out: only the workspace \"{DirectoryStore.HomeWorkspace}\" has it."
            );
        var planner = new Planner(calls, draft, document, before);
        var (changes, problems, warnings) = await planner.RunAsync(cancellationToken);
        var found = new StringBuilder(Encoding.UTF8.GetString(ConfigurationReader.Bytes(before)))
            .Append(JsonSerializer.Serialize(changes, ConfigurationJson.Default.IReadOnlyListPlannedChange))
            .Append(JsonSerializer.Serialize(problems, ConfigurationJson.Default.IReadOnlyListPlanNote));
        var name = PlanName.Of(at ?? time.GetUtcNow(), document.Hash, found.ToString());
        return new(new(name.ToString(), problems.Count == 0, changes, problems, warnings), draft.Storage, planner.Made);
    }
}
