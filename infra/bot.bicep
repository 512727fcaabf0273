@description('Name of the bot, unique in Azure.')
param name string

@description('What people see in Teams.')
param displayName string

@description('Where the helpdesk answers, without a path.')
param appUrl string

@description('The user-assigned identity that is the bot: no secret has to be kept or renewed.')
param identityId string
param identityClientId string

@description('The Entra tenant that the identity and the people belong to.')
param tenantId string = tenant().tenantId

@description('F0 is free and enough for Teams; Direct Line beyond 10,000 messages a month needs S1.')
@allowed([ 'F0', 'S1' ])
param sku string = 'F0'

@description('Whether the bot is also reached by Direct Line of Azure Bot Service. The helpdesk\'s own web chat does not need it.')
param directLine bool = true

param tags object

resource bot 'Microsoft.BotService/botServices@2022-09-15' = {
  name: name
  location: 'global'
  tags: tags
  kind: 'azurebot'
  sku: { name: sku }
  properties: {
    displayName: displayName
    endpoint: '${appUrl}/api/messages'
    msaAppId: identityClientId
    msaAppType: 'UserAssignedMSI'
    msaAppMSIResourceId: identityId
    msaAppTenantId: tenantId
    disableLocalAuth: true
    schemaTransformationVersion: '1.3'
  }

  resource teams 'channels' = {
    name: 'MsTeamsChannel'
    location: 'global'
    properties: {
      channelName: 'MsTeamsChannel'
      properties: {
        acceptedTerms: true
        isEnabled: true
      }
    }
  }

  resource line 'channels' = if (directLine) {
    name: 'DirectLineChannel'
    location: 'global'
    properties: {
      channelName: 'DirectLineChannel'
      properties: {
        sites: [
          {
            siteName: 'Default'
            isEnabled: true
            isV1Enabled: false
            isV3Enabled: true
            isSecureSiteEnabled: true
            trustedOrigins: [ appUrl ]
          }
        ]
      }
    }
  }
}

output id string = bot.id
