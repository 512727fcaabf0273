param name string
@secure()
param adminKey string
@secure()
param mailSecret string
param principalId string
param location string
param tags object

var keyVaultSecretsUser = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')

var hasMailSecret = !empty(mailSecret)

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true
  }

  resource secret 'secrets' = {
    name: 'admin-key'
    properties: {
      value: adminKey
    }
  }

  resource mail 'secrets' = if (hasMailSecret) {
    name: 'mail'
    properties: {
      value: mailSecret
    }
  }
}

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, keyVaultSecretsUser)
  scope: vault
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: keyVaultSecretsUser
  }
}

output adminKeyUri string = vault::secret.properties.secretUri
output mailSecretUri string = hasMailSecret ? vault::mail!.properties.secretUri : ''
