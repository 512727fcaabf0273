using Helpdesk.Directory;

namespace Helpdesk.Tests.Directory;

public sealed class DirectoryRulesTests
{
    private static Group Group(string id, int tier, string? escalatesTo = null) =>
        new()
        {
            Id = id,
            Name = id,
            Tier = tier,
            EscalatesTo = escalatesTo,
            CreatedAt = DateTimeOffset.UnixEpoch,
        };

    private static Agent Agent(string id, string email, string? entraId = null) =>
        new()
        {
            Id = id,
            Name = id,
            Email = email,
            EntraId = entraId,
            CreatedAt = DateTimeOffset.UnixEpoch,
        };

    [Theory]
    [InlineData("b", 2, "c", null)]
    [InlineData("b", 1, "c", "of tier 1 escalates")] // no higher than a
    [InlineData("b", 3, "c", "of tier 3")] // no lower than c
    [InlineData("b", 2, null, null)]
    [InlineData("b", 2, "b", "itself")]
    [InlineData("c", 3, "a", "circle")]
    [InlineData("c", 2, null, "escalates to")]
    [InlineData("a", 2, "b", "of tier 2")]
    [InlineData("a", 1, "c", null)] // rungs may be left out
    public void Every_rung_is_higher_than_the_one_below(string id, int tier, string? escalatesTo, string? problem)
    {
        var groups = new[] { Group("a", 1, "b"), Group("b", 2, "c"), Group("c", 3) };
        var changed = Group(id, tier, escalatesTo);
        void Check() => DirectoryRules.CheckLadders([.. groups.Where(group => group.Id != id), changed], changed);
        if (problem is null)
        {
            Check();
            return;
        }

        var broken = Assert.Throws<HelpdeskRuleException>(Check);
        Assert.Equal("ladder-broken", broken.Code);
        Assert.Contains(problem, broken.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ada@example.com", null, "email-taken")]
    [InlineData("ADA@Example.com", null, "email-taken")]
    [InlineData("new@example.com", "9F", "entra-id-taken")]
    [InlineData("new@example.com", null, null)]
    public void An_identity_is_one_agents(string email, string? entraId, string? code)
    {
        Agent[] agents = [Agent("ada", "ada@example.com", "9f"), Agent("bob", "bob@example.com")];
        var taken = Record.Exception(() => DirectoryRules.CheckIdentity(agents, Agent("bob", email, entraId)));
        Assert.Equal(code, (taken as HelpdeskRuleException)?.Code);
        DirectoryRules.CheckIdentity(agents, agents[0]);
    }

    [Fact]
    public void What_is_in_use_says_by_what_and_how_often()
    {
        var many = SettingUse.Of("tickets", [.. Enumerable.Range(1, 100).Select(number => $"{number}")], more: true)!;
        Assert.Equal((100, true, 10), (many.Count, many.More, many.Ids.Count));
        Assert.Null(SettingUse.Of("groups", []));
        var inUse = new SettingInUseException(new("main", NamedKind.Group, "old"), [many, SettingUse.Of("chat", ["chat"])!]);
        Assert.Equal("group-in-use", inUse.Code);
        Assert.Contains("100+ tickets (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …), 1 chat (chat)", inUse.Message, StringComparison.Ordinal);
        Assert.Equal($"{inUse.Fact}: change that first, or give another one with ?successor=.", inUse.Message);
    }
}
