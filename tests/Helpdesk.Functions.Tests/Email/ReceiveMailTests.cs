using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Helpdesk.Functions.Email;

namespace Helpdesk.Functions.Tests.Email;

/// <summary>Mails that are posted, and the tickets that they open.</summary>
public sealed class ReceiveMailTests(DeskFixture fixture)
{
    [Fact]
    public async Task A_mail_becomes_a_ticket_of_its_mailbox_once()
    {
        using var desk = await fixture.OpenDeskAsync();
        (await desk.PostAsync("/api/groups", new { id = "first-line", name = "First line" })).Expect(201);
        using var mails = new MailDesk(desk, fixture.App)
        {
            IntakePath = await MailDesk.AddMailboxAsync(desk, $"support@{desk.Workspace}.example", new { id = "support", group = "first-line" }),
        };
        var receipt = await mails.SendAsync(mails.Mail("It is on fire"));
        Assert.Equal(("processed", "support"), (receipt.Json["state"]!.GetValue<string>(), receipt.Json["mailbox"]!.GetValue<string>()));
        var ticket = await mails.TicketAsync(receipt);
        Assert.Equal(
            ("email", "support", "first-line", "Printer", "It is on fire", "rita@example.com", receipt.Json["id"]!.GetValue<string>()),
            (
                ticket["channel"]!.GetValue<string>(),
                ticket["mailbox"]!.GetValue<string>(),
                ticket["group"]!.GetValue<string>(),
                ticket["subject"]!.GetValue<string>(),
                ticket["description"]!.GetValue<string>().Trim(),
                ticket["requester"]!["email"]!.GetValue<string>(),
                ticket["receipt"]!.GetValue<string>()
            )
        );
        await desk.ListShowsAsync("status=new", receipt.Json["number"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_wrong_key_leads_nowhere_and_a_renewed_one_takes_the_place_of_the_old_one()
    {
        await using var app = await fixture.StartFrozenAppAsync();
        using var mails = await MailDesk.OpenAsync(fixture, new { id = "box" }, app);
        using var anybody = new Desk("", "", app.Address);
        await mails.PostAsync(mails.Mail());
        var renewed = new Uri((await mails.Desk.PostAsync("/api/mailboxes/box/renew")).Expect(200).Json["intakeUrl"]!.GetValue<string>()).AbsolutePath;
        foreach (
            var wrong in new[]
            {
                mails.IntakePath,
                renewed[..^1] + (renewed[^1] == '0' ? '1' : '0'),
                renewed.Replace("_box_", "_other_", StringComparison.Ordinal),
                renewed.Replace(mails.Desk.Workspace, "main", StringComparison.Ordinal),
                "/api/intake/email/x",
            }
        )
            (await anybody.SendAsync(HttpMethod.Post, wrong, MailDesk.Mime(mails.Mail()))).Expect(404);
        await mails.PostAsync(mails.Mail(), renewed);
        Assert.Equal(2, (await mails.Desk.GetAsync("/api/receipts")).Json["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task What_is_no_mail_is_refused_and_what_is_too_large_is_told_so()
    {
        using var mails = await MailDesk.OpenAsync(fixture);
        using var anybody = new Desk("", "", fixture.App.Address);
        (await anybody.SendAsync(HttpMethod.Post, mails.IntakePath, new StringContent("x", Encoding.UTF8, "text/plain"))).Expect(415);
        (await anybody.SendAsync(HttpMethod.Post, mails.IntakePath, MailDesk.Mime(""))).Expect(400);
        var large = new ByteArrayContent(new byte[ReceiveMail.Limit + 1]) { Headers = { ContentType = MediaTypeHeaderValue.Parse("message/rfc822") } };
        Assert.Equal("body-too-large", (await anybody.SendAsync(HttpMethod.Post, mails.IntakePath, large)).Expect(413).Code);
        Assert.Empty((await mails.Desk.GetAsync("/api/receipts")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task A_mailbox_with_a_key_of_SendGrids_takes_what_is_signed_with_it_however_old()
    {
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var sendGridKey = Convert.ToBase64String(signer.ExportSubjectPublicKeyInfo());
        using var mails = await MailDesk.OpenAsync(fixture, new { sendGridKey });
        var mail = Encoding.UTF8.GetBytes(mails.Mail());
        Task<Answer> PostAsync(string? signature, string? timestamp)
        {
            var headers = new List<(string, string)>();
            if (signature is not null)
                headers.Add((SendGridSignature.Header, signature));
            if (timestamp is not null)
                headers.Add((SendGridSignature.TimestampHeader, timestamp));
            return new Desk("", "", fixture.App.Address).SendAsync(
                HttpMethod.Post,
                mails.IntakePath,
                new ByteArrayContent(mail) { Headers = { ContentType = MediaTypeHeaderValue.Parse("message/rfc822") } },
                [.. headers]
            );
        }

        string Sign(ECDsa by, string timestamp) =>
            Convert.ToBase64String(
                by.SignData([.. Encoding.UTF8.GetBytes(timestamp), .. mail], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
            );

        (await PostAsync(Sign(signer, "1262304000"), "1262304000")).Expect(202);
        foreach (
            var (signature, timestamp) in new (string?, string?)[]
            {
                (null, null),
                (Sign(signer, "1262304000"), null),
                (Sign(signer, "1262304000"), "1262304001"),
                (Sign(other, "1262304000"), "1262304000"),
                ("no signature", "1262304000"),
                ("", "1262304000"),
                ("AAAA", "1262304000"),
            }
        )
            Assert.Equal("signature-wrong", (await PostAsync(signature, timestamp)).Expect(401).Code);
        Assert.Single((await mails.Desk.GetAsync("/api/receipts")).Json["items"]!.AsArray());
    }
}
