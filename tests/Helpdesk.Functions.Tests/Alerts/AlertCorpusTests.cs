using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Helpdesk.Alerts;
using Helpdesk.Functions.Alerts;
using Helpdesk.Functions.Hosting;
using Helpdesk.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Helpdesk.Functions.Tests.Alerts;

/// <summary>The payloads of <c>tests/alerts</c>, by kind or by the mapping that reads them, each with what is expected of it beside it.</summary>
public sealed class AlertCorpusTests(DeskFixture fixture)
{
    private static readonly string Folder = Path.Combine(AzuriteServer.Root, "tests", "alerts");
    private static readonly DateTimeOffset ReceivedAt = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>What is expected of a payload. What a report leaves out is not compared.</summary>
    private sealed record Expected(
        string About,
        string? ContentType = null,
        Dictionary<string, string>? Headers = null,
        JsonNode? Mapping = null,
        JsonObject[]? Reports = null,
        string? Ignored = null,
        string? Error = null,
        string[]? Notes = null
    );

    public static TheoryData<string> Payloads => [.. Files().Select(file => Path.GetRelativePath(Folder, file))];

    public static TheoryData<string> Kinds => [.. System.IO.Directory.EnumerateDirectories(Folder).Select(Path.GetFileName).OfType<string>().Order()];

    [Fact]
    public void There_are_enough_payloads_of_every_kind_and_every_mapping_that_ships()
    {
        var kinds = WireName<AlertKind>.All.Except(["heartbeat"]).Concat(AlertMappingExamples.All.Select(one => one.Name)).Order(StringComparer.Ordinal);
        Assert.Equal(kinds, Kinds.Select(kind => kind.Data).Order(StringComparer.Ordinal));
        Assert.All(
            Kinds,
            kind =>
            {
                var names = Files()
                    .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) == kind.Data)
                    .Select(Path.GetFileNameWithoutExtension)
                    .ToList();
                Assert.True(names.Count >= 6, $"{kind.Data} has {names.Count}");
                Assert.Empty(new[] { "fires", "repeats", "resolves", "test" }.Except(names));
                Assert.Contains(names, name => name!.StartsWith("broken", StringComparison.Ordinal));
            }
        );
        var expectations = System.IO.Directory.EnumerateFiles(Folder, "*.expected.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
        Assert.Equal(Files().Select(ExpectedOf).Order(StringComparer.Ordinal), expectations);
    }

    [Theory]
    [MemberData(nameof(Payloads))]
    public void A_payload_is_understood(string name)
    {
        var file = Path.Combine(Folder, name);
        var expected = Expectation(file);
        var (source, body) = (SourceOf(file, expected), BodyOf(file, expected));
        if (expected.Error is { } error)
        {
            Assert.Contains(error, Assert.Throws<InvalidRequestException>(() => Read(source, body)).Message, StringComparison.Ordinal);
            return;
        }

        var read = Read(source, body);
        Assert.Equal(expected.Ignored is null, read.Ignored is null);
        if (expected.Ignored is { } ignored)
            Assert.Contains(ignored, read.Ignored, StringComparison.Ordinal);
        Assert.Equal(expected.Reports?.Length ?? 0, read.Reports.Count);
        foreach (var (wanted, report) in (expected.Reports ?? []).Zip(read.Reports))
            AssertReport(wanted, report);
        var notes = read.Notes ?? [];
        Assert.Equal(expected.Notes?.Length ?? 0, notes.Count);
        foreach (var (part, note) in (expected.Notes ?? []).Zip(notes))
            Assert.Contains(part, note, StringComparison.Ordinal);
    }

    /// <summary>Whatever has happened to a payload on its way, it is read, ignored or refused, and nothing else.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Damaged_copies_are_read_or_refused(string kind)
    {
        var refused = 0;
        foreach (var file in Files().Where(file => Path.GetFileName(Path.GetDirectoryName(file)) == kind))
        {
            var expected = Expectation(file);
            var source = SourceOf(file, expected);
            var whole = BodyOf(file, expected);
            for (var round = 0; round < 120; round++)
            {
                var damaged = whole with { Bytes = Damaged(whole.Bytes.ToArray(), round, Path.GetRelativePath(Folder, file)) };
                try
                {
                    AssertBounded(Read(source, damaged));
                }
                catch (InvalidRequestException)
                {
                    refused++;
                }
            }
        }

        Assert.True(refused > 0, "no damage was done");
    }

    /// <summary>Every simple value of a payload is replaced by each of some that do not belong there.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Values_of_other_types_are_read_or_refused(string kind)
    {
        string[] others =
        [
            "null",
            "true",
            "-1",
            "1e400",
            "123456789012345678901234567890",
            "\"\"",
            "\"\\ud83d\"",
            "\"9999-99-99T99:99:99Z\"",
            "[]",
            "[[1]]",
            "{}",
            "{\"a\":{}}",
        ];
        foreach (var file in Files().Where(file => Path.GetFileName(Path.GetDirectoryName(file)) == kind && file.EndsWith(".json", StringComparison.Ordinal)))
        {
            var expected = Expectation(file);
            var source = SourceOf(file, expected);
            var whole = BodyOf(file, expected);
            var text = Encoding.UTF8.GetString(whole.Bytes.Span);
            foreach (var (start, length) in Values(whole.Bytes.Span))
            {
                foreach (var other in others)
                {
                    var bytes = (byte[])[.. whole.Bytes.Span[..start], .. Encoding.UTF8.GetBytes(other), .. whole.Bytes.Span[(start + length)..]];
                    try
                    {
                        AssertBounded(Read(source, whole with { Bytes = bytes }));
                    }
                    catch (InvalidRequestException)
                    {
                        // As it should be, where the value says what it is all about.
                        Assert.NotEmpty(text);
                    }
                }
            }
        }
    }

    /// <summary>Every text of a payload is made very long, one after the other.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_huge_is_cut_and_says_so(string kind)
    {
        // The message of SNS is JSON in a text, which is long where the message alone is.
        var name = kind == "sns" ? "raw" : "fires";
        var file = Files().Single(file => Path.GetFileName(Path.GetDirectoryName(file)) == kind && Path.GetFileNameWithoutExtension(file) == name);
        var expected = Expectation(file);
        var source = SourceOf(file, expected);
        var whole = BodyOf(file, expected);
        var isForm = AlertPayload.IsForm(whole.ContentType);
        var noted = 0;
        foreach (var (start, length) in isForm ? FormValues(whole.Bytes.Span) : Values(whole.Bytes.Span))
        {
            var quoted = !isForm && whole.Bytes.Span[start] == '"';
            if (!isForm && !quoted)
                continue;
            var at = start + length - (quoted ? 1 : 0);
            var bytes = (byte[])[.. whole.Bytes.Span[..at], .. Enumerable.Repeat((byte)'x', 400_000), .. whole.Bytes.Span[at..]];
            try
            {
                var read = Read(source, whole with { Bytes = bytes });
                AssertBounded(read);
                noted += read.Notes?.Count(note => note.Contains("cut", StringComparison.Ordinal)) ?? 0;
            }
            catch (InvalidRequestException)
            {
                // A state, or the like, that is not known any more.
                continue;
            }
        }

        Assert.True(noted > 0, "nothing was cut");
    }

    [Theory]
    [InlineData("alertmanager", "alerts")]
    [InlineData("grafana", "alerts")]
    [InlineData("event-grid", null)]
    [InlineData("cloud-events", null)]
    [InlineData("generic", "alerts")]
    public void Ten_thousand_reports_in_one_body_are_all_read(string kind, string? list)
    {
        var file = Path.Combine(Folder, kind, kind == "cloud-events" ? "repeats.json" : "fires.json");
        var expected = Expectation(file);
        var body = JsonNode.Parse(File.ReadAllText(file))!;
        var items = list is null ? body.AsArray() : body[list]!.AsArray();
        var one = items[0]!.ToJsonString();
        items.Clear();
        for (var n = 0; n < 10_000; n++)
        {
            var copy = JsonNode.Parse(one)!.AsObject();
            foreach (var name in new[] { "fingerprint", "id", "node" })
            {
                if (copy.ContainsKey(name))
                    copy[name] = $"n{n.ToString(CultureInfo.InvariantCulture)}";
            }

            items.Add(copy);
        }

        var read = Read(SourceOf(file, expected), BodyOf(file, expected) with { Bytes = Encoding.UTF8.GetBytes(body.ToJsonString()) });
        Assert.Equal(10_000, read.Reports.Count);
        Assert.Equal(10_000, read.Reports.Select(report => report.Key).Distinct().Count());
    }

    private AlertReading Read(AlertSource source, AlertBody body) => fixture.App.Services.GetRequiredService<AlertReaders>().Read(source, body);

    private static IEnumerable<string> Files() =>
        System
            .IO.Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
            .Where(file => !file.EndsWith(".expected.json", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    private static string ExpectedOf(string file) => Path.ChangeExtension(file, ".expected.json");

    private static Expected Expectation(string file) => JsonSerializer.Deserialize<Expected>(File.ReadAllText(ExpectedOf(file)), Json)!;

    private static AlertBody BodyOf(string file, Expected expected) =>
        new(
            expected.ContentType ?? "application/json",
            expected.Headers ?? new Dictionary<string, string>(StringComparer.Ordinal),
            File.ReadAllBytes(file),
            ReceivedAt
        );

    /// <summary>A source of the kind that the folder names; a mapping is read as a request of it would be.</summary>
    private static AlertSource SourceOf(string file, Expected expected)
    {
        var kind = WireName<AlertKind>.TryParse(Path.GetFileName(Path.GetDirectoryName(file))!, out var known) ? known : AlertKind.Generic;
        AlertMapping? mapping = null;
        if (expected.Mapping is { } told)
        {
            var fields = FieldReader.Parse(Encoding.UTF8.GetBytes(new JsonObject { ["mapping"] = told.DeepClone() }.ToJsonString()));
            mapping = AlertSourceFields.Mapping(fields);
            fields.Done();
        }

        return new()
        {
            Id = "tool",
            Name = "Tool",
            Kind = kind,
            Mapping = mapping,
            KeyHash = "",
            CreatedAt = default,
            UpdatedAt = default,
        };
    }

    private static void AssertReport(JsonObject wanted, AlertReport report)
    {
        foreach (var (name, value) in wanted)
        {
            switch (name)
            {
                case "labels":
                case "links":
                    var all = name == "labels" ? report.Labels : report.Links;
                    Assert.All(value!.AsObject(), one => Assert.Equal((one.Key, one.Value!.GetValue<string>()), (one.Key, all.GetValueOrDefault(one.Key))));
                    if (name == "links")
                        Assert.Equal(value!.AsObject().Select(one => one.Key).Order(StringComparer.Ordinal), report.Links.Keys.Order(StringComparer.Ordinal));
                    break;
                case "notLabels":
                    Assert.All(value!.AsArray(), one => Assert.DoesNotContain(one!.GetValue<string>(), report.Labels.Keys));
                    break;
                case "startedAt":
                case "endedAt":
                    var at = name == "startedAt" ? report.StartedAt : report.EndedAt;
                    Assert.Equal(value is null ? null : DateTimeOffset.Parse(value.GetValue<string>(), CultureInfo.InvariantCulture), at);
                    break;
                default:
                    var found = name switch
                    {
                        "key" => report.Key,
                        "state" => WireName<AlertState>.Of(report.State),
                        "subject" => report.Subject,
                        "description" => report.Description,
                        "priority" => report.Priority is { } priority ? WireName<Helpdesk.Tickets.TicketPriority>.Of(priority) : null,
                        "severity" => report.Severity,
                        "id" => report.Id,
                        _ => throw new InvalidDataException($"An expectation has no \"{name}\"."),
                    };
                    Assert.Equal((name, value?.GetValue<string>()), (name, found));
                    break;
            }
        }
    }

    /// <summary>Nothing in a report is longer than a ticket can bear, nor holds what no text of one may.</summary>
    private static void AssertBounded(AlertReading read)
    {
        Assert.True(read.Reports.Count > 0 || read.Ignored is not null);
        Assert.True((read.Notes?.Count ?? 0) <= 41);
        foreach (var report in read.Reports)
        {
            Assert.InRange(report.Subject.Length, 1, AlertReports.SubjectLength);
            Assert.InRange(report.Description.Length, 0, AlertReports.DescriptionLength);
            Assert.InRange(report.Key.Length, 1, AlertReports.KeyLength + 40);
            Assert.InRange(report.Labels.Count, 0, AlertReports.MostLabels);
            Assert.All(report.Labels, label => Assert.True(label.Key.Length <= 100 && label.Value.Length <= 1000));
            Assert.All(
                report.Links.Values,
                link => Assert.True(link.Length <= 2000 && Uri.TryCreate(link, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            );
            Assert.Null(FieldReader.TextProblem(report.Subject, AlertReports.SubjectLength, lines: false));
            Assert.Null(FieldReader.TextProblem(report.Description, AlertReports.DescriptionLength, lines: true));
        }
    }

    /// <summary>The same damage at every run.</summary>
    private static byte[] Damaged(byte[] bytes, int round, string seed)
    {
        if (bytes.Length == 0)
            return bytes;
        var drawn = 0;
        int Next(int below)
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed} {round} {drawn++}")));
            return (int)(BitConverter.ToUInt32(hash) % (uint)below);
        }

        switch (round % 4)
        {
            case 0:
                return bytes[..Next(bytes.Length)];
            case 1:
                for (var n = 0; n <= round % 5; n++)
                    bytes[Next(bytes.Length)] = (byte)Next(256);
                return bytes;
            case 2:
                var from = Next(bytes.Length);
                return [.. bytes[..from], .. bytes[Math.Min(bytes.Length, from + Next(40))..]];
            default:
                var at = Next(bytes.Length);
                return [.. bytes[..at], .. bytes[Next(at + 1)..at], .. bytes[at..]];
        }
    }

    /// <summary>Where the simple values of JSON lie.</summary>
    private static List<(int Start, int Length)> Values(ReadOnlySpan<byte> json)
    {
        var found = new List<(int, int)>();
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null)
                found.Add(((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex)));
        }

        return found;
    }

    private static List<(int Start, int Length)> FormValues(ReadOnlySpan<byte> form)
    {
        var found = new List<(int, int)>();
        for (var at = 0; at < form.Length; at++)
        {
            if (form[at] != '=')
                continue;
            var end = form[at..].IndexOf((byte)'&');
            found.Add((at + 1, (end < 0 ? form.Length - at : end) - 1));
        }

        return found;
    }
}
